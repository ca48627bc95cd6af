export type { Figure, FigureKind, FigureMetric, FigureSource, FigureUnit, GrowsWith, HarmKind } from './figure.ts';
export { type FigureFamily, figureFamilies, type MetricFamilyName } from './metric-families.ts';
export {
  figureFor,
  figureRegistry,
  figureShapes,
  isCount,
  isInstant,
  knownFigures,
  labelledFigures,
} from './registry.ts';
