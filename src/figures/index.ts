export type { Figure, FigureKind, FigureMetric, FigureSource, FigureUnit, GrowsWith, HarmKind } from './figure.ts';
export { type FigureFamily, figureFamilies, type MetricFamilyName } from './metric-families.ts';
export { flapsBeforeFault } from './nodes.ts';
export { endpointLosses, evictedPods, replacementsReady, workloadPods } from './pods.ts';
export {
  isByKubelet,
  isLoss,
  isReturn,
  maxNotReady,
  notReadyAt,
  type ReadyChange,
  readyChanges,
} from './ready-changes.ts';
export {
  figureFor,
  figureRegistry,
  figureShapes,
  isCount,
  isInstant,
  knownFigures,
  labelledFigures,
} from './registry.ts';
export type { FigureWindow, RequestReader, Seen } from './seen.ts';
export { computed } from './shape.ts';
