/** Types that the bundler adds: stylesheets and assets as imports. */
/// <reference types="vite/client" />
