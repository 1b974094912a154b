import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Locked {
  readonly version?: string;
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

function read<T>(file: string): T {
  return JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'));
}

const manifest = read<{ dependencies: object; devDependencies: object; optionalDependencies: object }>('package.json');
const { packages } = read<{ packages: Record<string, Locked> }>('package-lock.json');
const locked = new Set(Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 13)));

describe('the lock file', () => {
  // A lock without the binaries of another platform fails `npm ci` there, and with some registries everywhere.
  it('holds every dependency of every package, those for other platforms too', () => {
    for (const [path, { dependencies, optionalDependencies }] of Object.entries(packages)) {
      for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
        expect(locked, `${path} needs ${name}`).toContain(name);
      }
    }
  });

  it('is of exact versions', () => {
    const { dependencies, devDependencies, optionalDependencies } = manifest;
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
      expect(packages[`node_modules/${name}`]?.version, name).toBe(version);
    }
  });

  it('brings the CDK command line that reads these assemblies, not the stray release that is tagged latest', () => {
    expect(packages['node_modules/aws-cdk']?.version).toBe('2.1148.1');
  });

  it('brings the Node of Lambda for every platform', () => {
    const binaries = Object.entries(manifest.optionalDependencies);
    expect(binaries).toHaveLength(5);
    for (const [name, version] of binaries) expect(version, name).toMatch(/^24\./);
  });
});
