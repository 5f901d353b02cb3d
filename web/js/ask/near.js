// Keeps the end of the page in sight for someone who is there already, while it grows.

const NEAR = 120;

export function near() {
  let follow = false;
  const place = () => document.scrollingElement;
  return {
    before() {
      const { scrollTop, scrollHeight, clientHeight } = place();
      follow = scrollTop > 0 && scrollHeight - clientHeight - scrollTop < NEAR;
    },
    after() {
      if (follow) place().scrollTop = place().scrollHeight;
    },
  };
}
