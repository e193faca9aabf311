import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { parse } from 'yaml';

const { projects } = jest.requireActual<{ projects: Array<{ displayName: string }> }>(
	'../../jest.config',
);

const PROJECT = join(__dirname, '../..');
const textOf = (path: string) => readFileSync(join(PROJECT, path), 'utf8');

const PARTS = execFileSync('bash', ['.ci/run', '--list'], { cwd: PROJECT, encoding: 'utf8' })
	.trim()
	.split('\n');

interface Job {
	needs?: string;
	if?: string;
	'continue-on-error'?: boolean;
	uses?: string;
	strategy?: { matrix: { part: string } };
	steps?: Array<{ run?: string; if?: string; 'continue-on-error'?: boolean }>;
}

const workflow = (name: string) =>
	parse(textOf(`.github/workflows/${name}`)) as { on: object; jobs: Record<string, Job> };

describe('the parts of .ci/run', () => {
	it('have each project of jest in exactly one of them', () => {
		const scripts = (JSON.parse(textOf('package.json')) as { scripts: Record<string, string> })
			.scripts;
		const commands = [
			...textOf('.ci/run').matchAll(/^\t\t(\S+)\) (?:tests|on_real_n8n) (.*) ;;$/gm),
		];
		const ran = commands.flatMap(([, , command]) => {
			const script = / npm (?:run )?(\S+) --$/.exec(command)?.[1];
			const words = (script === undefined ? command : scripts[script]).split(/\s+/);
			return words.filter((word) => projects.some(({ displayName }) => displayName === word));
		});
		expect(ran.sort()).toEqual(projects.map(({ displayName }) => displayName).sort());
		for (const [, part] of commands) expect(PARTS).toContain(part);
	});

	it('are what workflows name', () => {
		const texts = ['ci.yml', 'full.yml', 'publish.yml'].map((name) =>
			textOf(`.github/workflows/${name}`),
		);
		const named = texts.flatMap((text) => [...text.matchAll(/bash \.ci\/run ([a-z][a-z -]*)$/gm)]);
		expect(named).not.toEqual([]);
		for (const [, parts] of named) expect(PARTS).toEqual(expect.arrayContaining(parts.split(' ')));
	});

	it('cannot be misspelt', () => {
		const run = () =>
			execFileSync('bash', ['.ci/run', 'e2e', 'lod'], { cwd: PROJECT, stdio: 'pipe' });
		expect(run).toThrow(/No part is called “lod”/);
	});
});

describe('a version tag', () => {
	const { jobs } = workflow('publish.yml');
	const full = workflow('full.yml').jobs;

	/**
	 * By GitHub's rules: a job runs when the job that it needs has succeeded, is skipped otherwise, and
	 * succeeds when all its steps or, where it is a matrix or a called workflow, all its jobs do.
	 */
	function ran(failing?: string): string[] {
		const successOf = (job: Job, all: Record<string, Job>): boolean => {
			if (job.needs !== undefined && !successOf(all[job.needs], all)) return false;
			if (job === failingJob) return false;
			if (job.uses === './.github/workflows/full.yml') {
				return Object.values(full).every((each) => successOf(each, full));
			}
			return !(job.strategy !== undefined && PARTS.includes(failing ?? ''));
		};
		const failingJob = failing === undefined ? undefined : (jobs[failing] ?? full[failing]);
		return Object.keys(jobs).filter(
			(name) => jobs[name].needs === undefined || successOf(jobs[jobs[name].needs], jobs),
		);
	}

	it('is published after the full proof of its commit', () => {
		expect(ran()).toEqual(['ready', 'proof', 'publish']);
	});

	it.each(PARTS)('is not published where the part %s fails', (part) => {
		expect(ran(part)).toEqual(['ready', 'proof']);
	});

	it('is not published where the parts cannot be listed, and not proved where it is not ready', () => {
		expect(ran('parts')).toEqual(['ready', 'proof']);
		expect(ran('ready')).toEqual(['ready']);
	});

	it('has nothing in its jobs that makes one run or succeed otherwise', () => {
		for (const job of [...Object.values(jobs), ...Object.values(full)]) {
			expect(job).not.toHaveProperty('if');
			expect(job).not.toHaveProperty('continue-on-error');
			for (const step of job.steps ?? []) {
				expect(step).not.toHaveProperty('continue-on-error');
				if (step.run !== undefined) expect(step).not.toHaveProperty('if');
			}
		}
	});

	it('and every night have each part of .ci/run as a job', () => {
		expect(workflow('full.yml').on).toMatchObject({ schedule: [{ cron: expect.any(String) }] });
		const [, list] = full.parts.steps!;
		expect(list.run).toContain('$(bash .ci/run --list | jq --raw-input . | jq --slurp');
		expect(full.part.strategy!.matrix.part).toBe('${{ fromJSON(needs.parts.outputs.names) }}');
		expect(full.part.steps!.some(({ run }) => run === 'bash .ci/run "$PART"')).toBe(true);
	});
});
