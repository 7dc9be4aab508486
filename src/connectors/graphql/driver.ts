import { IsthmusError } from '../../errors.ts'

export type Graphql = typeof import('graphql')

/** The drivers are optional peer dependencies, loaded at first use. */
export async function loadGraphql(): Promise<Graphql> {
  return import('graphql').catch(cause => {
    throw missing('graphql', 'graphql@16', cause)
  })
}

/** Speaks the protocol of subscriptions, graphql-transport-ws. */
export async function loadGraphqlWs(): Promise<Pick<typeof import('graphql-ws'), 'createClient'>> {
  return import('graphql-ws').catch(cause => {
    throw missing('graphql-ws', 'graphql-ws', cause)
  })
}

function missing(name: string, install: string, cause: unknown): IsthmusError {
  const text = `The graphql connector needs the package ${name}, and it is not installed. Run: npm install ${install}`
  return new IsthmusError('CONFIG-DRIVER', text, { cause })
}
