export { ChannelAddresses, type ProxiedChannel } from './channel-addresses.ts';
export { ChannelProxy, type HandedOver, type ProxyRefusal } from './channel-proxy.ts';
