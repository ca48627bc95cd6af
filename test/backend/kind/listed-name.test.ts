import { expect, test } from 'vitest';
import { listedName } from '../../../src/backend/kind/workload/workload-image.ts';

const digest = `sha256:${'a'.repeat(64)}`;

test.each([
  ['nginx', 'docker.io/library/nginx:latest'],
  ['nginx:1.27', 'docker.io/library/nginx:1.27'],
  ['docker.io/nginx:1.27', 'docker.io/library/nginx:1.27'],
  ['index.docker.io/nginx', 'docker.io/library/nginx:latest'],
  ['bitnami/nginx', 'docker.io/bitnami/nginx:latest'],
  ['registry.k8s.io/pause:3.10', 'registry.k8s.io/pause:3.10'],
  ['localhost/web', 'localhost/web:latest'],
  ['localhost:5000/web', 'localhost:5000/web:latest'],
  [`nginx:1.27@${digest}`, `docker.io/library/nginx@${digest}`],
  [`registry.k8s.io/a/b@${digest}`, `registry.k8s.io/a/b@${digest}`],
])('%s is listed as %s', (image, listed) => {
  expect(listedName(image)).toBe(listed);
});
