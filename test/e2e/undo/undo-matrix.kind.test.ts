import { killedAt } from '../support/undo-matrix.ts';

// The one at which every fault stands in its node; the others, and what takes long to come back, run nightly.
killedAt('matrix', ['while it stands'], 'quick');
