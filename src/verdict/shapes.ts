// What documents have to hold of a verdict, for whoever reads them.
export { runDocumentShape } from './document.ts';
export { conditionalLinkShape, windowCheckShape } from './links.ts';
