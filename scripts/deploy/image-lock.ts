export interface Manifest {
  readonly name: string
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: unknown
  readonly bin?: unknown
  readonly engines?: unknown
}

/** An entry of a package-lock.json: what is installed at a place. */
export interface LockedPackage {
  readonly version?: string
  readonly resolved?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly [more: string]: unknown
}

export interface Lock {
  readonly name: string
  readonly lockfileVersion: number
  readonly packages: Readonly<Record<string, LockedPackage>>
}

export interface ImageParts {
  readonly published: Manifest
  /** Of the checkout: what everything was tested with. */
  readonly lock: Lock
  /** Names of optional peers that are to be there too. */
  readonly drivers: readonly string[]
  /** Of the package itself, beside the lock. */
  readonly tarball: string
}

/** A lock for a folder in which nothing but the package, its dependencies and the drivers is installed. */
export function imageLock({ published, lock, drivers, tarball }: ImageParts): Lock {
  const own = 'node_modules/isthmus'
  const wanted = { ...published.dependencies, ...pick(published.peerDependencies ?? {}, drivers) }
  const { name, version, dependencies = {}, peerDependencies, peerDependenciesMeta, bin, engines } = published
  const dependent = { [name]: `file:${tarball}`, ...pick(wanted, drivers) }
  return {
    name: 'isthmus-image',
    lockfileVersion: lock.lockfileVersion,
    packages: {
      '': { name: 'isthmus-image', dependencies: dependent },
      [own]: {
        ...{ version, resolved: `file:${tarball}`, dependencies },
        ...{ peerDependencies, peerDependenciesMeta, bin, engines },
      },
      ...closure(lock, Object.keys(wanted)),
    },
  }
}

function pick(versions: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.map(name => {
      const version = versions[name]
      if (version === undefined) throw new Error(`${name} is no driver of this package.`)
      return [name, version]
    }),
  )
}

/** What is installed for these, at the places where the lock has it. */
function closure({ packages }: Lock, names: readonly string[]): Record<string, LockedPackage> {
  const found: Record<string, LockedPackage> = {}
  const visit = (name: string, from: string, optional: boolean): void => {
    const place = placeOf(packages, name, from)
    if (place === undefined) {
      if (optional) return
      throw new Error(`${name} is not in the lock: npm install`)
    }
    if (place in found) return
    const { dev: _dev, devOptional: _devOptional, peer: _peer, ...entry } = packages[place] as LockedPackage
    found[place] = entry
    for (const next of Object.keys(entry.dependencies ?? {})) visit(next, place, false)
    for (const next of Object.keys(entry.optionalDependencies ?? {})) visit(next, place, true)
  }
  for (const name of names) visit(name, '', false)
  return found
}

/** As Node looks for it: in the folder of who asks, and then outwards. */
function placeOf(packages: Lock['packages'], name: string, from: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const place = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`
    if (place in packages) return place
    if (folder === '') return undefined
  }
}
