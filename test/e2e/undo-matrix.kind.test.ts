import { killedAt } from './undo-matrix.ts';

// The two at which a fault stands in the node; the others run nightly.
killedAt('matrix', ['while it stands', 'in the undo']);
