import { afterAll } from '@jest/globals';

import { removeUserFolder } from './userFolder';

afterAll(removeUserFolder);
