import { randomBytes } from 'crypto';

/** A new signing secret: 32 random bytes as hex, in KLIQ's notation (`whsec_…`). */
export const generateSecret = () => `whsec_${randomBytes(32).toString('hex')}`;
