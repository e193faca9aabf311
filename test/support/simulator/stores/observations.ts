import { type Stored, EntityStore } from './entityStore';

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
export class ObservationStore extends EntityStore<StoredObservation> {
	constructor() {
		super('obs');
	}
}

/** Fields of an observation in answers and events, without the ID. */
export function observationFields(observation: StoredObservation) {
	const { locationId, imageUrl, latitude, longitude, metadata, status } = observation;
	return { locationId, imageUrl, latitude, longitude, metadata, status };
}
