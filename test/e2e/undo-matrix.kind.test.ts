import { killedAt } from './undo-matrix.ts';

// The three at which the node is disturbed; the others run nightly.
killedAt('matrix', ['between switch and injection', 'while it stands', 'in the undo']);
