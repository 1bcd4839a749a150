export { Gateway, type GatewayEnv, type GatewayOptions, type LogEntry } from './gateway.ts';
export { GatewayServer } from './gateway-server.ts';
export { RESERVED_NAMES } from './routes.ts';
export type { ChannelPlan } from './served-channel.ts';
