import { type Stored, ThingStore } from './things';

export interface StoredObservation extends Stored {
	locationId: string;
	imageUrl: string;
	latitude?: number;
	longitude?: number;
	metadata?: Record<string, unknown>;
	/** `pending` when made. What it may become is not documented, so it stays so. */
	status: string;
}

/** The observations of all tenants. */
export class ObservationStore extends ThingStore<StoredObservation> {
	constructor() {
		super('obs');
	}
}

/** An observation as the API and the events tell of it, without its id. */
export function observationFields(observation: StoredObservation) {
	const { locationId, imageUrl, latitude, longitude, metadata, status } = observation;
	return { locationId, imageUrl, latitude, longitude, metadata, status };
}
