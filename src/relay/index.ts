export { type Delay, type Delays, noDelay } from './delay.ts';
export type { PortRange, RelayCounts, Route } from './protocol.ts';
export { type Relay, type RelayOptions, startRelay } from './relay.ts';
