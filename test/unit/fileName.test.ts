import { expect, it } from '@jest/globals';

import { imageFileName } from '../../nodes/Kliq/utils/fileName';

it.each([
	['/photos/shelf.jpg', 'image/jpeg', 'shelf.jpg'],
	['/shelf.JPEG', 'image/jpeg', 'shelf.JPEG'],
	['/shelf.png?name=other.gif#x.gif', 'image/jpeg', 'shelf.png'],
	['/Regal%20f%C3%BCr%20T%C3%BCren.heic', 'image/heic', 'Regal für Türen.heic'],
	['/%E6%A3%9A%F0%A0%AE%B7.webp', 'image/webp', '棚𠮷.webp'],
	['/download', 'image/jpeg', 'download.jpg'],
	['/', 'image/png', 'photo.png'],
	['', 'image/svg+xml', 'photo.svg'],
	['/photo', 'image/x-ms-bmp', 'photo'],
	['/run.php', 'image/jpeg', 'run.php.jpg'],
	['/..%2F..%2Fetc%2Fpasswd', 'image/jpeg', 'etc-passwd.jpg'],
	['/..%5Cboot.ini', 'image/jpeg', 'boot.ini.jpg'],
	['/a..%20.jpg', 'image/jpeg', 'a.jpg'],
	['/%2E%2E.jpg', 'image/jpeg', 'photo.jpg'],
	['/a%00b%0D%0Ac%E2%80%AEgpj.exe', 'image/png', 'a-b-c-gpj.exe.png'],
	['/%22%3Cb%3E%7C*%3F%3A.jpg', 'image/jpeg', 'b.jpg'],
	['/%ff.jpg', 'image/jpeg', 'ff.jpg'],
	[`/${'a'.repeat(300)}.jpg`, 'image/jpeg', `${'a'.repeat(100)}.jpg`],
])('the file name for %j of type %s is %j', (path, mimeType, name) => {
	expect(imageFileName(`https://images.example.com${path}`, mimeType)).toBe(name);
});
