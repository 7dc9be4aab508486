import { existsSync } from 'node:fs'
import type { TestServer } from './server.ts'
import { fetchedWheel, missingForWheels, python } from './wheel.ts'

/** No server: a folder for PYTHONPATH in which Helm's own library is, behind the module helm_python. */
export const helm: TestServer = {
  name: 'Helm',
  variable: 'ISTHMUS_TEST_HELM',
  missingPackages: missingForWheels,
  async start(say) {
    if (!existsSync(python)) return undefined
    return { url: await fetchedWheel('helm-python-sdk', '0.2.2', say), stop: async () => {} }
  },
}
