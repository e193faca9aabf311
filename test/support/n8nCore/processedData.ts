import { DataDeduplicationService } from 'n8n-core';
import type {
	DeduplicationItemTypes,
	DeduplicationScope,
	ICheckProcessedContextData,
	ICheckProcessedOptions,
	IDataDeduplicator,
	IDeduplicationOutput,
} from 'n8n-workflow';

/**
 * n8n's memory of seen items, in this process's memory instead of n8n's database, which n8n-core does
 * not have. As n8n's, it keeps one row for each node of a workflow, reads it, changes it and writes it
 * back without a lock, and fails when a row to be inserted exists (n8n, `DeduplicationHelper`).
 */
export class ProcessedDataTable implements IDataDeduplicator {
	private readonly rows = new Map<string, DeduplicationItemTypes[]>();

	/** How often it has been accessed. */
	accesses = 0;

	/** Accesses from now on fail with it. */
	failure?: Error;

	/** The next access fails with it, after it has written. */
	failureAfterWrite?: Error;

	/** Is called before each write, with the row's key: for what another process does meanwhile. */
	beforeWrite?: (key: string) => void;

	/** Makes it the one that n8n-core's contexts use. */
	static install(): ProcessedDataTable {
		const table = new ProcessedDataTable();
		void DataDeduplicationService.init(table);
		return table;
	}

	/** The records of the only node that has any. */
	get records(): DeduplicationItemTypes[] {
		return [...this.rows.values()].flat();
	}

	/** Empties it, as a new database. */
	clear(): void {
		this.rows.clear();
		this.accesses = 0;
		this.failure = undefined;
		this.beforeWrite = undefined;
	}

	/** Inserts a row, as another process does. */
	insert(key: string, records: DeduplicationItemTypes[]): void {
		this.rows.set(key, records);
	}

	/** Adds records to every row, as another process does. */
	add(records: DeduplicationItemTypes[]): void {
		for (const row of this.rows.values()) {
			row.splice(0, records.length);
			row.push(...records);
		}
	}

	/** Removes the newest records, as another process does that writes back what it read before. */
	loseNewest(count: number): void {
		for (const row of this.rows.values()) row.splice(row.length - count);
	}

	async checkProcessedAndRecord(
		items: DeduplicationItemTypes[],
		scope: DeduplicationScope,
		{ workflow, node }: ICheckProcessedContextData,
		{ mode, maxEntries = Infinity }: ICheckProcessedOptions,
	): Promise<IDeduplicationOutput> {
		if (scope !== 'node' || mode !== 'entries') throw new Error('Not used by this package');
		this.accesses += 1;
		const key = `${workflow.id} ${node?.id}`;
		const existing = this.rows.get(key);
		const read = [...(existing ?? [])];
		await new Promise(setImmediate);
		if (this.failure) throw this.failure;
		this.beforeWrite?.(key);
		if (!existing && this.rows.has(key)) throw new Error('UNIQUE constraint failed');
		const known = new Set(read);
		const isKnown = (item: DeduplicationItemTypes) => known.has(item);
		const added = items.filter((item) => !isKnown(item));
		this.rows.set(key, [...read, ...added].slice(-maxEntries));
		const failure = this.failureAfterWrite;
		this.failureAfterWrite = undefined;
		if (failure) throw failure;
		return { new: added, processed: items.filter(isKnown) };
	}

	async removeProcessed(): Promise<void> {
		throw new Error('Not used by this package');
	}

	async clearAllProcessedItems(): Promise<void> {
		throw new Error('Not used by this package');
	}

	async getProcessedDataCount(): Promise<number> {
		throw new Error('Not used by this package');
	}
}
