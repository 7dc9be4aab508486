import type { EdmEnum, EdmOperation, EdmProperty, EdmSet, EdmType, EdmTyped } from './edm.ts'
import { attribute, children, type Edmx, type Element, nameIn } from './edmx.ts'
import { describe, forbids, isComputed } from './edmx-annotations.ts'

/** Entity and complex types, each with what it has from its base types. */
export function typesOf(edmx: Edmx): Map<string, EdmType> {
  const own = new Map<string, EdmType>()
  const ends = associationEnds(edmx)
  for (const schema of edmx.schemas)
    for (const kind of ['entity', 'complex'] as const)
      for (const element of children(schema, kind === 'entity' ? 'EntityType' : 'ComplexType')) {
        const type = ownType(edmx, schema, element, kind, ends)
        own.set(type.name, type)
      }
  return new Map([...own.values()].map(type => [type.name, inherited(type, own, new Set())]))
}

function ownType(
  edmx: Edmx,
  schema: Element,
  element: Element,
  kind: EdmType['kind'],
  ends: ReadonlyMap<string, EdmTyped>,
): EdmType {
  const name = nameIn(schema, element)
  const base = attribute(element, 'BaseType')
  const keys = children(element, 'Key').flatMap(key => children(key, 'PropertyRef'))
  const properties = children(element, 'Property').map(each => propertyOf(edmx, name, each))
  const navigations = children(element, 'NavigationProperty').map(each => navigationOf(edmx, each, ends))
  return {
    name,
    kind,
    base: base === undefined ? undefined : edmx.resolve(base),
    open: attribute(element, 'OpenType') === 'true',
    keys: keys.flatMap(each => attribute(each, 'Name') ?? []),
    properties: new Map(properties.map(each => [each.name, each])),
    navigations: new Map(navigations.flatMap(each => (each ? [[each.name, each]] : []))),
    description: describe(edmx, element, name),
  }
}

function inherited(type: EdmType, own: ReadonlyMap<string, EdmType>, seen: Set<string>): EdmType {
  const parent = type.base === undefined || seen.has(type.base) ? undefined : own.get(type.base)
  if (!parent) return type
  const base = inherited(parent, own, seen.add(type.name))
  return {
    ...type,
    open: type.open || base.open,
    keys: type.keys.length > 0 ? type.keys : base.keys,
    properties: new Map([...base.properties, ...type.properties]),
    navigations: new Map([...base.navigations, ...type.navigations]),
  }
}

function propertyOf(edmx: Edmx, owner: string, element: Element): EdmProperty {
  const typed = typedOf(edmx, element)
  return {
    ...typed,
    maxLength: wholeNumber(attribute(element, 'MaxLength')),
    scale: wholeNumber(attribute(element, 'Scale')),
    default: attribute(element, 'DefaultValue'),
    computed: isComputed(edmx, element, `${owner}/${typed.name}`),
    description: describe(edmx, element, `${owner}/${typed.name}`),
  }
}

/** Undefined where an association of V2 is not described. */
function navigationOf(
  edmx: Edmx,
  element: Element,
  ends: ReadonlyMap<string, EdmTyped>,
): EdmTyped | undefined {
  if (attribute(element, 'Type') !== undefined) return typedOf(edmx, element)
  const relationship = edmx.resolve(attribute(element, 'Relationship') ?? '')
  const end = ends.get(`${relationship}/${attribute(element, 'ToRole')}`)
  return end && { ...end, name: attribute(element, 'Name') ?? '' }
}

/** By V2 a navigation names an association and the role at its other end. */
function associationEnds(edmx: Edmx): Map<string, EdmTyped> {
  const ends = new Map<string, EdmTyped>()
  for (const schema of edmx.schemas)
    for (const association of children(schema, 'Association'))
      for (const end of children(association, 'End')) {
        const role = attribute(end, 'Role') ?? ''
        const multiplicity = attribute(end, 'Multiplicity')
        ends.set(`${nameIn(schema, association)}/${role}`, {
          name: role,
          type: edmx.resolve(attribute(end, 'Type') ?? ''),
          collection: multiplicity === '*',
          nullable: multiplicity !== '1',
        })
      }
  return ends
}

export function enumsOf(edmx: Edmx): Map<string, EdmEnum> {
  const enums = new Map<string, EdmEnum>()
  for (const schema of edmx.schemas)
    for (const element of children(schema, 'EnumType')) {
      const name = nameIn(schema, element)
      const members = children(element, 'Member').flatMap(each => attribute(each, 'Name') ?? [])
      enums.set(name, { name, members, flags: attribute(element, 'IsFlags') === 'true' })
    }
  return enums
}

function containers(edmx: Edmx): { name: string; element: Element }[] {
  return edmx.schemas.flatMap(schema =>
    children(schema, 'EntityContainer').map(element => ({ name: nameIn(schema, element), element })),
  )
}

export function setsOf(edmx: Edmx): Map<string, EdmSet> {
  const sets = new Map<string, EdmSet>()
  for (const container of containers(edmx))
    for (const kind of ['EntitySet', 'Singleton'])
      for (const element of children(container.element, kind)) {
        const name = attribute(element, 'Name') ?? ''
        const target = `${container.name}/${name}`
        const singleton = kind === 'Singleton'
        const may = (word: string) => !forbids(edmx, element, target, word)
        sets.set(name, {
          name,
          type: edmx.resolve(attribute(element, singleton ? 'Type' : 'EntityType') ?? ''),
          singleton,
          description: describe(edmx, element, target),
          can: {
            read: may('addressable'),
            create: !singleton && may('creatable'),
            update: may('updatable'),
            delete: !singleton && may('deletable'),
          },
        })
      }
  return sets
}

/** Functions, actions, and function imports of V2: those change something unless they are called by GET. */
export function operationsOf(edmx: Edmx): EdmOperation[] {
  const imports = new Set<string>()
  const older: EdmOperation[] = []
  for (const { name: container, element } of containers(edmx)) {
    for (const each of [...children(element, 'FunctionImport'), ...children(element, 'ActionImport')]) {
      const named = attribute(each, 'Function') ?? attribute(each, 'Action')
      if (named !== undefined) imports.add(edmx.resolve(named))
      else older.push(functionImport(edmx, each, container))
    }
  }
  const newer = edmx.schemas.flatMap(schema =>
    (['Function', 'Action'] as const).flatMap(word =>
      children(schema, word).map((element): EdmOperation => {
        const qualified = nameIn(schema, element)
        const bound = attribute(element, 'IsBound') === 'true'
        const parameters = children(element, 'Parameter').map(each => typedOf(edmx, each))
        const [returns] = children(element, 'ReturnType')
        return {
          name: attribute(element, 'Name') ?? '',
          qualified,
          kind: word === 'Function' ? 'function' : 'action',
          binding: bound ? parameters[0] : undefined,
          parameters: bound ? parameters.slice(1) : parameters,
          returns: returns && typedOf(edmx, returns),
          imported: !bound && imports.has(qualified),
          description: describe(edmx, element, qualified),
        }
      }),
    ),
  )
  return [...older, ...newer]
}

function functionImport(edmx: Edmx, element: Element, container: string): EdmOperation {
  const name = attribute(element, 'Name') ?? ''
  const returned = attribute(element, 'ReturnType')
  return {
    name,
    qualified: `${container}/${name}`,
    kind: (attribute(element, 'm:HttpMethod') ?? 'GET') === 'GET' ? 'function' : 'action',
    binding: undefined,
    parameters: children(element, 'Parameter').map(each => typedOf(edmx, each)),
    returns: returned === undefined ? undefined : typedOf(edmx, { '@Type': returned }),
    imported: true,
    description: describe(edmx, element, `${container}/${name}`),
  }
}

function typedOf(edmx: Edmx, element: Element): EdmTyped {
  const text = attribute(element, 'Type') ?? 'Edm.String'
  const inner = /^Collection\((.*)\)$/.exec(text)?.[1]
  return {
    name: attribute(element, 'Name') ?? '',
    type: edmx.resolve(inner ?? text),
    collection: inner !== undefined,
    nullable: attribute(element, 'Nullable') !== 'false',
  }
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined
}
