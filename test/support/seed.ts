import fc from 'fast-check';
import { inject } from 'vitest';

// Small samples draw the same cases in every run: what is red then is so by a change, and everybody sees it. Whole ones, at
// night, draw others each time; fast-check names the seed of what it found.

if (inject('sample') === 'small') fc.configureGlobal({ seed: 20_261_128 });
