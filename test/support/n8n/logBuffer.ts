import { StringDecoder } from 'node:string_decoder';

const MAX_CHARACTERS = 4_000_000;

/** Text as it arrives, the last 4 million characters of it, in sections. */
export class LogBuffer {
	private readonly decoder = new StringDecoder('utf8');
	private kept = '';
	private sectionStart = 0;

	add(chunk: Buffer): void {
		this.kept += this.decoder.write(chunk);
		const surplus = this.kept.length - MAX_CHARACTERS;
		if (surplus <= 0) return;
		this.kept = this.kept.slice(surplus);
		this.sectionStart = Math.max(0, this.sectionStart - surplus);
	}

	beginSection(): void {
		this.sectionStart = this.kept.length;
	}

	/** What has been added since the last `beginSection()`. */
	section(): string {
		return this.kept.slice(this.sectionStart);
	}

	text(): string {
		return this.kept;
	}
}
