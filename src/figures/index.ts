export type { Figure, FigureKind, FigureMetric, FigureSource, FigureUnit, GrowsWith } from './figure.ts';
export { type FigureFamily, figureFamilies, type MetricFamilyName } from './metric-families.ts';
export { figureRegistry, figureShapes, isCount, isInstant, knownFigures, labelledFigures } from './registry.ts';
