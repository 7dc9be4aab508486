import assert from 'node:assert/strict'
import { test } from 'node:test'
import { imageLock } from '../../scripts/deploy/image-lock.ts'

const published = {
  name: 'isthmus',
  version: '1.0.0',
  dependencies: { web: '^1.0.0' },
  peerDependencies: { database: '^2.0.0', broker: '^3.0.0' },
  bin: { isthmus: 'bin/isthmus.mjs' },
}
const packages = {
  '': { devDependencies: { database: '^2.0.0' } },
  'node_modules/web': { version: '1.1.0', dependencies: { parts: '^1.0.0' } },
  'node_modules/parts': { version: '1.0.0' },
  'node_modules/database': {
    ...{ version: '2.1.0', dev: true, dependencies: { parts: '^2.0.0' } },
    optionalDependencies: { native: '^1.0.0' },
  },
  'node_modules/database/node_modules/parts': { version: '2.0.0', dev: true, dependencies: { web: '*' } },
  'node_modules/broker': { version: '3.0.0', dev: true },
  'node_modules/linter': { version: '9.0.0', dev: true },
}
const lock = { name: 'isthmus', lockfileVersion: 3, packages }
const tarball = 'isthmus-1.0.0.tgz'

test('the image has the package, what it needs and the drivers that are named, at the versions of the checkout', () => {
  const made = imageLock({ published, lock, drivers: ['database'], tarball })
  assert.deepEqual(Object.keys(made.packages).sort(), [
    '',
    'node_modules/database',
    'node_modules/database/node_modules/parts',
    'node_modules/isthmus',
    'node_modules/parts',
    'node_modules/web',
  ])
  assert.deepEqual(made.packages['']?.dependencies, { isthmus: `file:${tarball}`, database: '^2.0.0' })
  assert.deepEqual(made.packages['node_modules/isthmus']?.bin, published.bin)
  // What was for development here is not there.
  for (const entry of Object.values(made.packages)) assert.equal(entry.dev, undefined)
})

test('a driver that there is none of, and a package that the lock lacks, are told', () => {
  assert.throws(() => imageLock({ published, lock, drivers: ['databse'], tarball }), /databse is no driver/)
  const { 'node_modules/parts': _, ...fewer } = packages
  assert.throws(
    () => imageLock({ published, lock: { ...lock, packages: fewer }, drivers: [], tarball }),
    /parts is not in the lock/,
  )
})
