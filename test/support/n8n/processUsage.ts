import { readFile } from 'node:fs/promises';

/** Linux counts processor time in ticks of 10 ms towards programs (USER_HZ) on all common machines. */
const TICKS_PER_SECOND = 100;

/** Resident memory of a process in bytes. Linux only; throws elsewhere or if the process is gone. */
export async function memoryBytesOf(pid: number): Promise<number> {
	const status = await readFile(`/proc/${pid}/status`, 'utf8');
	const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
	if (kilobytes === undefined) throw new Error(`/proc/${pid}/status has no VmRSS`);
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
