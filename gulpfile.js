const { rm } = require('node:fs/promises');
const { dest, parallel, src } = require('gulp');

const OUTPUT = 'dist';

const clean = async () => await rm(OUTPUT, { recursive: true, force: true });

// n8n loads icons and codex files from dist. tsc copies neither, and `n8n-node build` would copy every
// picture of the repository into the tarball.
const icons = () => src('icons/*.svg', { encoding: false }).pipe(dest(`${OUTPUT}/icons`));

const codexFiles = () => src('nodes/**/*.node.json').pipe(dest(`${OUTPUT}/nodes`));

exports.clean = clean;
exports['build:static'] = parallel(icons, codexFiles);
