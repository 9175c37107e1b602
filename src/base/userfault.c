#include "base/userfault.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int userfault_open(void) {
    int descriptor = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
    struct uffdio_api api = {
        .api = UFFD_API,
        .features =
            UFFD_FEATURE_SIGBUS | UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_HUGETLBFS_SHMEM,
    };
    if (descriptor >= 0 && ioctl(descriptor, UFFDIO_API, &api) < 0) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}
