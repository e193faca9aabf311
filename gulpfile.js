const { rm } = require('node:fs/promises');
const { dest, parallel, src } = require('gulp');

const OUTPUT = 'dist';

const clean = async () => await rm(OUTPUT, { recursive: true, force: true });

const icons = () => src('icons/*.svg', { encoding: false }).pipe(dest(`${OUTPUT}/icons`));

const codexFiles = () => src('nodes/**/*.node.json').pipe(dest(`${OUTPUT}/nodes`));

exports.clean = clean;
exports['build:icons'] = parallel(icons, codexFiles);
