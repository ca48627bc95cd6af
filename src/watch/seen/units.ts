import * as z from 'zod';

/** How many. */
export const countShape = z.int().nonnegative();

/** ms since 1970 that a date can be made of. */
export const momentShape = z.number().min(0).max(8_640_000_000_000_000);

/** How long, in ms. */
export const durationShape = z.number().nonnegative();
