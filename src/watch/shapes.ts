export { watchDocumentShape } from './document-shape.ts';
