/** Shows what is pushed while the page is closed, and opens the right conversation. */
self.addEventListener("push", (event) => {
  const { title = "Chat", content = "", relatedId = null, topic } = event.data?.json() ?? {};
  const tag = topic ?? relatedId ?? undefined;
  event.waitUntil(
    self.registration.showNotification(title, { body: content, tag, icon: "/icon.svg", data: { relatedId } }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { relatedId } = event.notification.data ?? {};
  const url = relatedId ? `/#/c/${relatedId}` : "/";
  const show = async () => {
    const [open] = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    if (!open) return self.clients.openWindow(url);
    await open.focus();
    return open.navigate(url);
  };
  event.waitUntil(show());
});
