// Needs left.c, which needs this.
int left(int x);
extern int left_value;

int right_value = 7;
int (*right_calls)(int) = left;

int right(int x) {
    return x <= 0 ? right_value : left(x - 1) + left_value;
}

int right_through_pointer(void) {
    return right_calls(0);
}
