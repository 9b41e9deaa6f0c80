# syntax=docker/dockerfile:1
FROM node:26-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY clients/typescript/package.json clients/typescript/
# The project's own Node is for machines with an older one; the image has its own.
RUN npm ci --ignore-scripts --include=dev
COPY . .
RUN npm run gen && npm run build
# Once more without what only the build needs.
RUN npm ci --omit=dev --omit=optional --ignore-scripts && rm -rf node_modules/@sluice

FROM node:26-bookworm-slim
LABEL org.opencontainers.image.title="Sluice" \
      org.opencontainers.image.description="An LLM gateway spoken to over gRPC" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
# Nothing is written: run it with a read-only file system.
USER node
EXPOSE 50051 9464
STOPSIGNAL SIGTERM
# Not npm, which would stand between the process and its signals.
CMD ["node", "--enable-source-maps", "dist/main.js"]
