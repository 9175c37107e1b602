// Takes symbols of what is global, without needing it.
int left(int x);
extern int left_value;

int user(int x) {
    return left(x) + left_value;
}
