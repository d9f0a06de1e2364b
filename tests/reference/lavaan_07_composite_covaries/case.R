# A composite that covaries with a factor.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- sem(read_model(), data = data)
write_case(fit)
