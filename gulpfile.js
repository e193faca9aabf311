const { rm } = require('node:fs/promises');
const { Transform } = require('node:stream');
const { nodeResolve } = require('@rollup/plugin-node-resolve');
const { dest, parallel, src } = require('gulp');
const { rollup } = require('rollup');

const { n8n } = require('./package.json');
const { outDir: COMPILED } = require('./tsconfig.build.json').compilerOptions;

const OUTPUT = 'dist';

/** What n8n loads. */
const ENTRIES = [...n8n.credentials, ...n8n.nodes].map((path) =>
	path.replace(`${OUTPUT}/`, '').replace(/\.js$/, ''),
);

const clean = async () => {
	for (const folder of [OUTPUT, COMPILED]) await rm(folder, { recursive: true, force: true });
};

// tsc indents by four spaces. Tabs, as in the source, make the tarball 700 bytes smaller.
const tabs = {
	name: 'tabs',
	renderChunk: (code) => code.replace(/^( {4})+/gm, (indent) => '\t'.repeat(indent.length / 4)),
};

// The compiled modules in one file for each entry, and one that both nodes share: they share state, such
// as the rate limiter. Some hundred small files would make the tarball a seventh larger.
const bundle = async () => {
	const modules = await rollup({
		input: Object.fromEntries(ENTRIES.map((entry) => [entry, `${COMPILED}/${entry}.js`])),
		external: ['crypto', 'n8n-workflow'],
		plugins: [nodeResolve(), tabs],
		onLog: (_level, log) => {
			throw new Error(log.message);
		},
	});
	await modules.write({
		dir: OUTPUT,
		format: 'cjs',
		exports: 'named',
		esModule: false,
		generatedCode: 'es2015',
		chunkFileNames: 'nodes/Kliq/shared.js',
		hoistTransitiveImports: false,
	});
	await modules.close();
};

// n8n loads icons, codex files and output schemas from dist. tsc copies none of them, and `n8n-node build`
// would copy every picture of the repository into the tarball.
const icons = () => src('icons/*.svg', { encoding: false }).pipe(dest(`${OUTPUT}/icons`));

const minifyJson = () =>
	new Transform({
		objectMode: true,
		transform(file, _encoding, done) {
			file.contents = Buffer.from(JSON.stringify(JSON.parse(file.contents)));
			done(null, file);
		},
	});

const codexFilesAndSchemas = () =>
	src(['nodes/**/*.node.json', 'nodes/**/__schema__/**/*.json'])
		.pipe(minifyJson())
		.pipe(dest(`${OUTPUT}/nodes`));

exports.clean = clean;
exports.assemble = parallel(bundle, icons, codexFilesAndSchemas);
