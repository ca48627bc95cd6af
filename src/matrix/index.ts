export { differsFromBegun } from './as-begun.ts';
export { figuresOf } from './figures.ts';
export { isAsExpected } from './layout.ts';
export { notAsked } from './lost-cells.ts';
export { assertAllCells, rejudgeCells } from './rejudge-cells.ts';
export { claimMatrix, runCells } from './run-cells.ts';
export { commonPauseMs, deadNodePrediction, phasesMs, scenarioOf } from './scenarios.ts';
export { assertSealed, unsealed, writeSealed } from './seal.ts';
export { cellsOf, type MatrixOptionTexts, readMatrix } from './spec.ts';
export {
  cellsLeft,
  makeCellFolder,
  matrixJson,
  newestMatrix,
  readMatrixFolder,
  withResult,
  writeMatrix,
} from './store.ts';
export { matrixMarkdown, matrixText } from './text.ts';
export type { CellResult, MatrixCell, MatrixDocument } from './types.ts';
