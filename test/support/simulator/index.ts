export { manualClock, realClock, scaledClock } from './clock';
export type { ManualClock, ManualClockOptions, SimulatorClock } from './clock';
export type { Deviations } from './deviations';
export type { ExtraHeaders } from './deliveries/headers';
export type { PostResult } from './deliveries/post';
export type { Attempt, Delivery, DeliveryEnd } from './deliveries/types';
export type { Fault, Faults } from './faults';
export type { LoggedRequest } from './http/requestLog';
export type { JobEnd } from './jobs/jobRunner';
export { sampleData } from './samples/events';
export { sampleEvent, withNumberedIds } from './samples/sampleEvent';
export { FAILURE_REASON, shelfResult } from './samples/result';
export type {
	ErrorShape,
	JobDurations,
	KliqSettings,
	Liveness,
	SubscriptionOrder,
} from './settings';
export { startKliqSimulator } from './simulator';
export type {
	EmittedEvent,
	JobSeed,
	KliqSimulator,
	KliqSimulatorOptions,
	ObservationSeed,
	RawDeliveryInput,
	SubscriptionSeed,
} from './simulator';
export type { JobStatus, StoredJob } from './stores/jobs';
export type { StoredObservation } from './stores/observations';
export type { StoredSubscription } from './stores/subscriptions';
export { KLIQ_EVENT_TYPES, KLIQ_SCOPES } from './types';
export type { KliqEvent, KliqEventType, KliqScope } from './types';
