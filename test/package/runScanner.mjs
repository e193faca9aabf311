import {
	analyzePackage,
	SOURCE_FILE_PATTERNS,
} from '@n8n/scan-community-package/scanner/scanner.mjs';

// The scanner is an ES module, which jest cannot load, so scan.ts runs this in a process of its own.

/** The files that the scanner takes from either (scanner.mjs, `analyzePackageByName`). */
const FILES = { source: SOURCE_FILE_PATTERNS, tarball: ['**/*.js', 'package.json'] };

const [folder, scanned] = process.argv.slice(2);
const { details, message } = await analyzePackage(folder, FILES[scanned]);
process.stdout.write(details ?? message ?? '');
