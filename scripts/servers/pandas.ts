import { existsSync } from 'node:fs'
import type { TestServer } from './server.ts'

const python = '/usr/bin/python3'
const library = '/usr/lib/python3/dist-packages/pandas'

/** No server: a Python that has pandas, for programs that run beside us. Its address is that of the interpreter. */
export const pandas: TestServer = {
  name: 'Python with pandas',
  variable: 'ISTHMUS_TEST_PANDAS',
  missingPackages: () => (existsSync(library) ? [] : ['python3-pandas']),
  async start() {
    return existsSync(library) ? { url: python, stop: async () => {} } : undefined
  },
}
