# Five factors of personality, listwise.
source("../write_case.R")
data <- read_data("bfi.csv")
fit <- cfa(read_model(), data = data)
write_case(fit)
