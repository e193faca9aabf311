const { rm } = require('node:fs/promises');
const { Transform } = require('node:stream');
const { dest, parallel, src } = require('gulp');

const OUTPUT = 'dist';

const clean = async () => await rm(OUTPUT, { recursive: true, force: true });

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
exports['build:static'] = parallel(icons, codexFilesAndSchemas);
