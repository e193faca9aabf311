export { manualClock, realClock, scaledClock } from './clock';
export type { ManualClock, ManualClockOptions, SimulatorClock } from './clock';
export type { ExtraHeaders } from './deliveries/headers';
export type { PostResult } from './deliveries/post';
export type { Attempt, Delivery, DeliveryEnd } from './deliveries/types';
export type { Fault, Faults } from './faults';
export type { LoggedRequest } from './http/request-log';
export { sampleData } from './samples/events';
export type { ErrorShape, KliqSettings, Liveness } from './settings';
export { startKliqSimulator } from './simulator';
export type {
	EmittedEvent,
	KliqSimulator,
	KliqSimulatorOptions,
	RawDeliveryInput,
	SubscriptionSeed,
} from './simulator';
export type { StoredSubscription } from './stores/subscriptions';
export { KLIQ_EVENT_TYPES, KLIQ_SCOPES } from './types';
export type { KliqEvent, KliqEventType, KliqScope } from './types';
