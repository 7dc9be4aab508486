import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { ApiProblem } from './api/client.ts'
import { KeysContext, listenForKeys } from './app/keys.ts'
import { PreferencesRoot } from './app/preferences-root.tsx'
import { router } from './app/routes.tsx'
import './kit/tokens.css'
import './kit/base.css'
import './kit/kit.css'
import { Toasts } from './kit/toast.tsx'

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2000,
      refetchOnWindowFocus: false,
      // What was refused is refused again; only what failed on the way is worth another try.
      retry: (count, error) =>
        count < 2 && !(error instanceof ApiProblem && error.status >= 400 && error.status < 500),
    },
  },
})

listenForKeys()
createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <PreferencesRoot>
        {keys => (
          <KeysContext value={keys}>
            <Toasts>
              <RouterProvider router={router} />
            </Toasts>
          </KeysContext>
        )}
      </PreferencesRoot>
    </QueryClientProvider>
  </StrictMode>,
)
