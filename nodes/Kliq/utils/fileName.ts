/** Longest name without its extension. */
const MAX_NAME_LENGTH = 100;

const IMAGE_EXTENSION = /\.(avif|bmp|gif|heic|heif|jpe?g|png|svg|tiff?|webp)$/i;

/**
 * A file name for an image: the last segment of its URL's path, without characters that file systems,
 * mail or terminals treat in a special way. It ends with an image's extension, that of the type if it has
 * none, so that no image passes for a program.
 *
 * @param url a valid URL
 * @param mimeType an image's, such as `image/jpeg`
 */
export function imageFileName(url: string, mimeType: string): string {
	const segment = decode(new URL(url).pathname.split('/').at(-1) ?? '');
	const safe = segment.normalize().replace(/[^\p{L}\p{M}\p{N}._ ()-]+/gu, '-');
	const [extension = ''] = IMAGE_EXTENSION.exec(safe) ?? [];
	const stem = safe.slice(0, safe.length - extension.length).replace(/^[. -]+|[. -]+$/g, '');
	const name = Array.from(stem).slice(0, MAX_NAME_LENGTH).join('') || 'photo';
	return `${name}${extension || extensionOf(mimeType)}`;
}

/** `.jpg` for `image/jpeg`, `.svg` for `image/svg+xml`; empty for a type without a plain name. */
function extensionOf(mimeType: string): string {
	const [subtype] = mimeType.replace(/^image\/(x-)?/, '').split('+');
	if (subtype === 'jpeg') return '.jpg';
	return /^[a-z0-9]+$/.test(subtype) ? `.${subtype}` : '';
}

function decode(segment: string): string {
	try {
		return decodeURIComponent(segment);
	} catch {
		return segment;
	}
}
