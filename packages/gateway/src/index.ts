export { Gateway, type GatewayEnv, type GatewayOptions, type LogEntry } from './gateway.ts';
export { RESERVED_NAMES } from './routes.ts';
export type { ChannelPlan } from './served-channel.ts';
