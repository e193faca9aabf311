import { readFile, writeFile } from 'node:fs/promises';

/** Linux counts processor time in ticks of 10 ms towards programs (USER_HZ) on all common machines. */
const TICKS_PER_SECOND = 100;

/** Resident memory of a process in bytes. Linux only; throws elsewhere or if the process is gone. */
export async function memoryBytesOf(pid: number): Promise<number> {
	return await statusBytes(pid, 'VmRSS');
}

/**
 * The highest resident memory of a process in bytes since its start or the last
 * `forgetPeakMemoryOf`. Linux only; throws elsewhere or if the process is gone.
 */
export async function peakMemoryBytesOf(pid: number): Promise<number> {
	return await statusBytes(pid, 'VmHWM');
}

/** Lets a process's peak of memory begin anew at what it holds now. Linux only. */
export async function forgetPeakMemoryOf(pid: number): Promise<void> {
	// proc(5), /proc/pid/clear_refs: 5 resets the peak resident set size to the current one.
	await writeFile(`/proc/${pid}/clear_refs`, '5');
}

async function statusBytes(pid: number, field: 'VmRSS' | 'VmHWM'): Promise<number> {
	const status = await readFile(`/proc/${pid}/status`, 'utf8');
	const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
	if (kilobytes === undefined) throw new Error(`/proc/${pid}/status has no ${field}`);
	return Number(kilobytes) * 1024;
}

/** User and system time of a process in seconds. Linux only; throws elsewhere or if it is gone. */
export async function cpuSecondsOf(pid: number): Promise<number> {
	const line = await readFile(`/proc/${pid}/stat`, 'utf8');
	// proc(5): the second field is the name in parentheses, which may hold anything; utime and stime
	// are the fields 14 and 15.
	const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
	return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
