/** Shows what is pushed while the page is closed, and opens the right conversation, in the page of its own address alone. */
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim())); // only its own can it lead elsewhere

self.addEventListener("push", (event) => {
  const { title = "Chat", content = "", relatedId = null, topic } = event.data?.json() ?? {};
  const { scope } = self.registration;
  const subject = topic ?? relatedId;
  const tag = subject ? scope + subject : undefined; // one line of the whole origin
  event.waitUntil(
    self.registration.showNotification(title, { body: content, tag, icon: "./icon.svg", data: { relatedId } }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { relatedId } = event.notification.data ?? {};
  const { scope } = self.registration;
  const url = relatedId ? `${scope}#/c/${relatedId}` : scope;
  const show = async () => {
    const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const open = windows.find((one) => new URL(".", one.url).href === scope);
    if (!open) return self.clients.openWindow(url);
    await open.focus();
    return open.navigate(url);
  };
  event.waitUntil(show());
});
